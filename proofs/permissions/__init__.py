"""What fails without each permission of the template."""
