"""The subject of a picture as a mask, found without drawing."""
