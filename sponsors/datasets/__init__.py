"""The datasets that may leave the house: one description each, read by the API and by the exports alike."""

from sponsors.datasets.catalogue import DATASETS, Column, Dataset, Viewpoint

__all__ = ["DATASETS", "Column", "Dataset", "Viewpoint"]
