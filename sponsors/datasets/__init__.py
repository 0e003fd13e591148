"""The datasets that may leave the house: one description each, read by the API and by the exports alike."""

from sponsors.datasets.catalogue import DATASETS
from sponsors.datasets.columns import Column, Dataset, Viewpoint, as_row, plain

__all__ = ["DATASETS", "Column", "Dataset", "Viewpoint", "as_row", "plain"]
