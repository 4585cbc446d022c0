"""What both clients of the old API do alike."""
