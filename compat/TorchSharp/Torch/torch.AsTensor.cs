using System.Numerics;
using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Tensors from data of any kind, which is copied.</content>
public static partial class torch
{
    public static Tensor as_tensor((float, float)[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<(float, float)>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(IList<(float, float)> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<(float, float)>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<Complex> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<Complex>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<BFloat16> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<BFloat16>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<bool> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<bool>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<byte> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<byte>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<double> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<double>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<float> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<float>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<int> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<int>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<long> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<long>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<sbyte> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<sbyte>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(IList<short> rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<short>(Factory.Copy(rawArray), [rawArray.Count], dtype, device, false, null);
    public static Tensor as_tensor(Complex[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<Complex>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(BFloat16[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<BFloat16>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<bool>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<byte>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<double>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<float>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(int[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<int>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(long[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<long>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(sbyte[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<sbyte>(rawArray, [rawArray.Length], dtype, device, false, null);
    public static Tensor as_tensor(short[] rawArray, ScalarType? dtype = null, Device? device = null) => Factory.FromSpan<short>(rawArray, [rawArray.Length], dtype, device, false, null);
}
