"""RQ3: whether larger ONNX releases bring more converter failures.

`releases` attributes failures to releases; `pipeline` is the published test with its choices as named options; `readings`
searches them for the printed numbers; `sources` compares the two sources of size; `rates` models counts with their
exposure; `multiverse` runs every defensible combination of choices at once; `verdict` says what the tests let one say.
"""
