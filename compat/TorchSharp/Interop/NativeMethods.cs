using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The C ABI of libreprotorch. A negative status means failure; <see cref="NativeError"/> reads the text.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "reprotorch";

    [LibraryImport(Library)]
    public static partial nint repro_last_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int repro_operator_find(string name, string overload, out nint result);

    [LibraryImport(Library)]
    public static partial nint repro_operator_schema(nint op);

    [LibraryImport(Library)]
    public static partial int repro_operator_call(nint op, NativeValue* arguments, int count, NativeValue* results, int capacity);

    [LibraryImport(Library)]
    public static partial int repro_direct_binary(int kind, nint left, nint right, nint* result);

    [LibraryImport(Library)]
    public static partial void repro_take_overflow(NativeValue* results);

    [LibraryImport(Library)]
    public static partial void repro_tensor_free(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_tensor_alias(nint handle, out nint result);

    [LibraryImport(Library)]
    public static partial long repro_live_tensors();

    [LibraryImport(Library)]
    public static partial long repro_peak_tensors();

    [LibraryImport(Library)]
    public static partial long repro_live_bytes();

    [LibraryImport(Library)]
    public static partial void repro_collection_done();

    [LibraryImport(Library)]
    public static partial int repro_from_blob(void* data, long* sizes, int dimensions, int dtype, delegate* unmanaged[Cdecl]<nint, void> release, nint context, out nint result);

    [LibraryImport(Library)]
    public static partial int repro_data_pointer(nint handle, out nint result);

    [LibraryImport(Library)]
    public static partial int repro_storage(nint handle, out nint data, out long bytes);

    [LibraryImport(Library)]
    public static partial int repro_dimensions(nint handle);

    [LibraryImport(Library)]
    public static partial long repro_numel(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_dtype(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_sizes(nint handle, long* result);

    [LibraryImport(Library)]
    public static partial int repro_strides(nint handle, long* result);

    [LibraryImport(Library)]
    public static partial int repro_storage_offset(nint handle, out long result);

    [LibraryImport(Library)]
    public static partial long repro_element_size(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_device(nint handle, out int index);

    [LibraryImport(Library)]
    public static partial int repro_is_contiguous(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_is_sparse(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_backward(nint* roots, int rootCount, nint* gradients, int gradientCount, int retainGraph, int createGraph, nint* inputs, int inputCount);

    [LibraryImport(Library)]
    public static partial int repro_grad(nint* outputs, int outputCount, nint* inputs, int inputCount, nint* gradients, int gradientCount, int retainGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library)]
    public static partial int repro_requires_grad(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_set_requires_grad(nint handle, int value);

    [LibraryImport(Library)]
    public static partial int repro_is_leaf(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_retain_grad(nint handle);

    [LibraryImport(Library)]
    public static partial int repro_gradient(nint handle, out nint result);

    [LibraryImport(Library)]
    public static partial int repro_set_gradient(nint handle, nint gradient);

    [LibraryImport(Library)]
    public static partial int repro_grad_mode();

    [LibraryImport(Library)]
    public static partial void repro_set_grad_mode(int enabled);

    [LibraryImport(Library)]
    public static partial int repro_inference_mode();

    [LibraryImport(Library)]
    public static partial nint repro_enter_inference_mode(int enabled);

    [LibraryImport(Library)]
    public static partial void repro_leave_inference_mode(nint mode);

    [LibraryImport(Library)]
    public static partial int repro_anomaly_mode();

    [LibraryImport(Library)]
    public static partial void repro_set_anomaly_mode(int enabled, int checkNan);

    [LibraryImport(Library)]
    public static partial int repro_manual_seed(ulong seed);

    [LibraryImport(Library)]
    public static partial int repro_generator_default(int deviceType, int deviceIndex, out nint result);

    [LibraryImport(Library)]
    public static partial int repro_generator_new(ulong seed, int deviceType, int deviceIndex, out nint result);

    [LibraryImport(Library)]
    public static partial void repro_generator_free(nint generator);

    [LibraryImport(Library)]
    public static partial int repro_generator_set_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    public static partial int repro_generator_seed(nint generator, out ulong result);

    [LibraryImport(Library)]
    public static partial int repro_generator_reseed(nint generator, out ulong result);

    [LibraryImport(Library)]
    public static partial int repro_generator_state(nint generator, out nint result);

    [LibraryImport(Library)]
    public static partial int repro_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    public static partial int repro_generator_device(nint generator, out int index);

    [LibraryImport(Library)]
    public static partial int repro_cuda_device_count();

    [LibraryImport(Library)]
    public static partial int repro_cudnn_available();

    [LibraryImport(Library)]
    public static partial int repro_cuda_synchronize(int device);

    [LibraryImport(Library)]
    public static partial nint repro_libtorch_version();

    [LibraryImport(Library)]
    public static partial int repro_threads();

    [LibraryImport(Library)]
    public static partial int repro_set_threads(int count);

    [LibraryImport(Library)]
    public static partial int repro_interop_threads();

    [LibraryImport(Library)]
    public static partial int repro_set_interop_threads(int count);

    [LibraryImport(Library)]
    public static partial int repro_tf32_matmul();

    [LibraryImport(Library)]
    public static partial int repro_set_tf32_matmul(int allowed);

    [LibraryImport(Library)]
    public static partial int repro_tf32_cudnn();

    [LibraryImport(Library)]
    public static partial int repro_set_tf32_cudnn(int allowed);

    [LibraryImport(Library)]
    public static partial int repro_default_dtype();

    [LibraryImport(Library)]
    public static partial int repro_set_default_dtype(int dtype);

    [LibraryImport(Library)]
    public static partial int repro_promote_types(int first, int second);

    [LibraryImport(Library)]
    public static partial int repro_can_cast(int from, int to);

    [LibraryImport(Library)]
    public static partial int repro_sdp_math();

    [LibraryImport(Library)]
    public static partial int repro_sdp_flash();

    [LibraryImport(Library)]
    public static partial int repro_set_sdp(int math, int flash);
}
