"""What the emulator itself takes."""
