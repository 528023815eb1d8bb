"""RQ2: where converters fail, how, and why.

`labels` counts the labels and compares groups of failures; `agreement` tells how far the labels can be trusted; `samples`
runs both on any sample, alone or beside another.
"""
