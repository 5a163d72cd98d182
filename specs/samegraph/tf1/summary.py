"""tf.summary: what TensorBoard shows of a run."""

from __future__ import annotations

from typing import Any

from ..graph import Graph
from ..host import event_file
from ..host.summaries import Summary, histogram, merge, merge_all, scalar
from ._absent import absent

__all__ = ["FileWriter", "Summary", "histogram", "merge", "merge_all", "scalar"]


class FileWriter(event_file.FileWriter):
    __doc__ = event_file.FileWriter.__doc__

    @staticmethod
    def graph_bytes(graph: Any) -> bytes:
        from ..drawing.exporting import graph_def  # few write graphs, and it takes a tenth of importing samegraph.tf1

        if not isinstance(graph, Graph):
            raise TypeError(f"the graph to write must be a tf.Graph, such as sess.graph, got {type(graph).__name__}")
        return graph_def(graph)


__getattr__ = absent(__name__)
