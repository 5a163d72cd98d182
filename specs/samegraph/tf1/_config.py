"""What TF1 programs configure sessions with. A samegraph session runs in this process on one device: it reads `backend` alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

__all__ = ["ConfigProto", "GPUOptions", "GraphOptions", "OptimizerOptions", "RunMetadata", "RunOptions"]


@dataclass(slots=True)
class GPUOptions:
    """TF1: tf.GPUOptions. Accepted, without effect."""

    per_process_gpu_memory_fraction: float = 0.0
    allow_growth: bool = False
    allocator_type: str = ""
    deferred_deletion_bytes: int = 0
    visible_device_list: str = ""
    polling_active_delay_usecs: int = 0
    polling_inactive_delay_msecs: int = 0
    force_gpu_compatible: bool = False


@dataclass(slots=True)
class OptimizerOptions:
    """TF1: tf.OptimizerOptions. Accepted, without effect."""

    L0: ClassVar[int] = -1
    L1: ClassVar[int] = 0
    DEFAULT: ClassVar[int] = 0
    OFF: ClassVar[int] = -1
    ON_1: ClassVar[int] = 1
    ON_2: ClassVar[int] = 2
    do_common_subexpression_elimination: bool = False
    do_constant_folding: bool = False
    do_function_inlining: bool = False
    opt_level: int = 0
    global_jit_level: int = 0


@dataclass(slots=True)
class GraphOptions:
    """TF1: tf.GraphOptions. Accepted, without effect."""

    enable_recv_scheduling: bool = False
    optimizer_options: OptimizerOptions = field(default_factory=OptimizerOptions)
    build_cost_model: int = 0
    infer_shapes: bool = False
    place_pruned_graph: bool = False
    timeline_step: int = 0


@dataclass(slots=True)
class ConfigProto:
    """TF1: tf.ConfigProto. Accepted, without effect but for `backend`: the name of the backend to run on."""

    device_count: dict[str, int] = field(default_factory=dict)
    intra_op_parallelism_threads: int = 0
    inter_op_parallelism_threads: int = 0
    use_per_session_threads: bool = False
    placement_period: int = 0
    device_filters: list[str] = field(default_factory=list)
    gpu_options: GPUOptions = field(default_factory=GPUOptions)
    allow_soft_placement: bool = False
    log_device_placement: bool = False
    graph_options: GraphOptions = field(default_factory=GraphOptions)
    operation_timeout_in_ms: int = 0
    isolate_session_state: bool = False
    backend: Any = None


@dataclass(slots=True)
class RunOptions:
    """TF1: tf.RunOptions. Accepted, without effect."""

    NO_TRACE: ClassVar[int] = 0
    SOFTWARE_TRACE: ClassVar[int] = 1
    HARDWARE_TRACE: ClassVar[int] = 2
    FULL_TRACE: ClassVar[int] = 3
    trace_level: int = 0
    timeout_in_ms: int = 0
    inter_op_thread_pool: int = 0
    output_partition_graphs: bool = False
    report_tensor_allocations_upon_oom: bool = False


@dataclass(slots=True)
class RunMetadata:
    """TF1: tf.RunMetadata. Nothing is recorded."""

    step_stats: Any = None
    cost_graph: Any = None
    partition_graphs: list[Any] = field(default_factory=list)
