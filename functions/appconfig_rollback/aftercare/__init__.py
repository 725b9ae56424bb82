"""What becomes of a rollback: did it help, and does the flag stay off?"""
