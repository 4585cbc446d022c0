"""What became of each public name of the old client."""
