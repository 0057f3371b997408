"""A style is a pair of vectors: statistics, their arithmetic, files of them."""
