"""Making the weights: encoder, decoder, figures, model card. Run from a checkout, as `python -m training.train`."""
