"""Full exports of an operator: asked for with a reason, kept sealed for a day, gone as soon as somebody is erased."""
