"""The web page of AdaIN style transfer, with Gradio: a Space, `python demo/app.py` and `adain demo` start the same app.

Neither torch nor the weights are needed to show the page: they load in the background (`engine.py`).
"""
