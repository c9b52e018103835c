"""What a document looks like as a picture."""
