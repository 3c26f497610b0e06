"""What every router has to be compared with."""
