"""Files of weights: reading, writing, finding, downloading, converting."""
