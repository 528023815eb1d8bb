"""RQ4: what the conversion experiments show.

`outcomes` counts models as the study's table does and as the evidence says; `tolerance` varies the allowed difference;
`size` relates outcomes to the size of the model; `consistency` holds printed numbers against each other.
"""
