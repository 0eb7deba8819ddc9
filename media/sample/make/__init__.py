"""What makes the sample media: scores, sounds and pictures, all of our own."""
