"""HDF5 files, read as far as names, shapes, element types and attributes go: no value of a dataset is read.

Groups of the old kind (symbol tables, as h5py and Keras write them) and small ones of the new kind (link messages);
links to other files, virtual and external storage are never followed. Source: the HDF5 File Format Specification,
version 3.0; numbers in the code are those of its messages.
"""

from __future__ import annotations

from netledger.wire.hdf5.file import Hdf5File, Hdf5Object
from netledger.wire.hdf5.pages import SIGNATURE

__all__ = ["SIGNATURE", "Hdf5File", "Hdf5Object"]
