"""From a file's columns to a training set: which column is what, how it becomes numbers, which rows are for what.

A recipe holds only what the user decided; `plan` fills in the rest and says why; `prepare` fits it on the training rows and
applies it; a `Preparation` is the fitted recipe, which a project keeps so that predictions see what training saw.
"""
