"""The operations that a SavedModel may have before it is run: those that only compute.

A SavedModel is a program. TensorFlow does not say which operations touch files: it
counts some that read files, and one that calls Python, as stateless. So the tables
below list the operations that are known to be harmless, and all others are refused.
"""

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

# Operations without state and without string tensors.
PURE = frozenset(
    """
    Abs Acos Acosh Add AddN AddV2 All Angle Any ApproximateEqual ArgMax ArgMin Asin
    Asinh Atan Atan2 Atanh AvgPool AvgPool3D AvgPool3DGrad AvgPoolGrad BatchMatMul
    BatchMatMulV2 BatchMatMulV3 BatchToSpace BatchToSpaceND BesselI0e BesselI1e Betainc
    BiasAdd BiasAddGrad BiasAddV1 Bincount Bitcast BitwiseAnd BitwiseOr BitwiseXor
    BroadcastArgs BroadcastGradientArgs BroadcastTo Bucketize Cast Ceil Cholesky
    CholeskyGrad ClipByValue Complex ComplexAbs Concat ConcatOffset ConcatV2 Conj Const
    Conv Conv2D Conv2DBackpropFilter Conv2DBackpropInput Conv3D Conv3DBackpropFilterV2
    Conv3DBackpropInputV2 Cos Cosh Cross Cumprod Cumsum CumulativeLogsumexp
    DenseBincount DepthToSpace DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter
    DepthwiseConv2dNativeBackpropInput Diag DiagPart Digamma Div DivNoNan
    DynamicPartition DynamicStitch Einsum Elu EluGrad EmptyTensorList EnsureShape Enter
    Equal Erf Erfc Erfinv Exit Exp ExpandDims Expm1 ExtractImagePatches FFT FFT2D FFT3D
    Fill Floor FloorDiv FloorMod FusedBatchNorm FusedBatchNormGrad FusedBatchNormGradV3
    FusedBatchNormV2 FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual IFFT
    IFFT2D IRFFT IRFFT2D Identity IdentityN Igamma Igammac Imag InTopKV2 Inv
    InvertPermutation IsFinite IsInf IsNan L2Loss LRN LeakyRelu LeakyReluGrad LeftShift
    Less LessEqual Lgamma LinSpace Log Log1p LogMatrixDeterminant LogSoftmax LogicalAnd
    LogicalNot LogicalOr LoopCond LowerBound Lu MatMul MatrixBandPart MatrixDeterminant
    MatrixDiag MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2
    MatrixDiagV3 MatrixInverse MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 MatrixSolve
    MatrixTriangularSolve Max MaxPool MaxPool3D MaxPoolGrad MaxPoolV2 Maximum Mean Merge
    Min Minimum MirrorPad Mod Mul MulNoNan Ndtri Neg NextAfter NextIteration NoOp
    NotEqual OneHot OnesLike Pack Pad PadV2 ParallelConcat ParallelDynamicStitch
    PartitionedCall Placeholder PlaceholderWithDefault Polygamma Pow PreventGradient
    Prod Qr RFFT RFFT2D RandomGammaGrad Range Rank Real RealDiv Reciprocal
    ReciprocalGrad Relu Relu6 Relu6Grad ReluGrad Reshape ResizeArea ResizeBicubic
    ResizeBilinear ResizeNearestNeighbor Reverse ReverseSequence ReverseV2 RightShift
    Rint Roll Round Rsqrt RsqrtGrad ScatterNd SegmentMax SegmentMean SegmentMin
    SegmentSum Select SelectV2 SelfAdjointEigV2 Selu SeluGrad Shape ShapeN Sigmoid
    SigmoidGrad Sign Sin Sinh Size Slice Snapshot Softmax SoftmaxCrossEntropyWithLogits
    Softplus SoftplusGrad Softsign SoftsignGrad SpaceToBatch SpaceToBatchND SpaceToDepth
    SparseSoftmaxCrossEntropyWithLogits Split SplitV Sqrt SqrtGrad Square
    SquaredDifference Squeeze StatelessCase StatelessIf StatelessMultinomial
    StatelessParameterizedTruncatedNormal StatelessRandomBinomial StatelessRandomGammaV2
    StatelessRandomGammaV3 StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg
    StatelessRandomNormal StatelessRandomNormalV2 StatelessRandomPoisson
    StatelessRandomUniform StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2
    StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2
    StatelessShuffle StatelessTruncatedNormal StatelessTruncatedNormalV2 StatelessWhile
    StopGradient StridedSlice StridedSliceGrad Sub Sum Svd Switch Tan Tanh TanhGrad
    TensorListConcatV2 TensorListElementShape TensorListFromTensor TensorListGather
    TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack
    TensorListReserve TensorListResize TensorListScatterV2 TensorListSetItem
    TensorListSplit TensorListStack TensorScatterAdd TensorScatterMax TensorScatterMin
    TensorScatterSub TensorScatterUpdate Tile TopK TopKV2 Transpose TruncateDiv
    TruncateMod Unique UniqueV2 Unpack UnravelIndex UnsortedSegmentMax
    UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum UpperBound Where Xdivy
    XlaDot XlaDotV2 Xlog1py Xlogy ZerosLike Zeta
    """.split()  # noqa: SIM905
)
# Their state is variables, random numbers, or the state of functions that they call.
STATEFUL = frozenset(
    """
    Assert AssignAddVariableOp AssignSubVariableOp AssignVariableOp Case CheckNumerics
    CheckNumericsV2 DisableCopyOnRead If Multinomial ParameterizedTruncatedNormal
    RandomGamma RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniform
    RandomUniformInt ReadVariableOp ResourceGather ResourceGatherNd
    StatefulPartitionedCall StatelessRandomGetAlg TruncatedNormal VarHandleOp
    VarIsInitializedOp VariableShape While
    """.split()  # noqa: SIM905
)
# TensorFlow adds these to save variables; loading a model does not run them.
SAVING = frozenset(
    """
    MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename StaticRegexFullMatch StringJoin
    """.split()  # noqa: SIM905
)


def read_graphs(path):
    """Reads the `SavedModel` message in a folder, without running it.

    Args:
        path: `pathlib.Path` of the folder of a version.

    Raises:
        ValueError: if the file is damaged.
    """
    try:
        return saved_model_pb2.SavedModel.FromString(
            (path / "saved_model.pb").read_bytes()
        )
    except DecodeError as error:
        raise ValueError(f"saved_model.pb cannot be read: {error}") from error


def harmful(saved_model):
    """Names of a SavedModel's operations and files that may do more than compute.

    Args:
        saved_model: Message of `read_graphs`.

    Returns:
        Sorted list; empty for every export of kgen.
    """
    found = set()
    graphs = saved_model.meta_graphs
    for graph in graphs:
        # Else TensorFlow restores variables by running the graph.
        is_read = len(graphs) == 1 and graph.HasField("object_graph_def")
        saving = _of_saver_alone(graph) if is_read else ()
        functions = graph.graph_def.library.function
        known = PURE | STATEFUL | {f.signature.name for f in functions}
        found |= {n.op for n in graph.graph_def.node if n.op not in known}
        for function in functions:
            more = SAVING if function.signature.name in saving else frozenset()
            nodes = function.node_def
            found |= {n.op for n in nodes if n.op not in known | more}
        found |= {f"the file {asset.filename}" for asset in graph.asset_file_def}
    return sorted(found)


def _of_saver_alone(graph):
    """Names of functions that only the nodes that save and restore variables call."""
    saver = graph.saver_def
    ends = {saver.save_tensor_name.partition(":")[0], saver.restore_op_name}
    own, others = set(), set(graph.object_graph_def.concrete_functions)
    for node in graph.graph_def.node:
        (own if node.name in ends else others).update(_called(node))
    for function in graph.graph_def.library.function:
        for node in function.node_def:
            others.update(_called(node))
    return own - others


def _called(node):
    """Names of the functions that a node may call."""
    yield node.op
    for value in node.attr.values():
        yield from _named(value)


def _named(value):
    functions = [value.func] if value.HasField("func") else value.list.func
    for function in functions:
        yield function.name
        for inner in function.attr.values():
            yield from _named(inner)
