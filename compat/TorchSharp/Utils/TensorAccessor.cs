using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>Reads and writes the elements of a tensor on the CPU, in the order of its indices whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly Tensor _tensor;
    private readonly nint _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;
    private bool _disposed;

    internal TensorAccessor(Tensor tensor)
    {
        _tensor = tensor;
        _data = tensor.DataPointer();
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    public bool IsReadOnly => false;

    /// <summary>One element by its indices.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such element.</exception>
    public T this[params long[] indices]
    {
        get => *Address(Offset(indices));
        set => *Address(Offset(indices)) = value;
    }

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Equals(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !left.Equals(right);

    /// <summary>All elements in the order of their indices.</summary>
    public T[] ToArray()
    {
        var array = new T[checked((int)Count)];
        CopyTo(array);
        return array;
    }

    /// <summary>All elements as an array of the tensor's shape; a single element for a tensor without dimensions.</summary>
    public Array ToNDArray()
    {
        var flat = ToArray();
        var array = Array.CreateInstance(typeof(T), _shape.Length == 0 ? [1] : _shape);
        Buffer.BlockCopy(flat, 0, array, 0, flat.Length * sizeof(T));
        return array;
    }

    /// <summary>Copies the elements from position <paramref name="tensorIndex"/> on to the array from <paramref name="arrayIndex"/> on.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        RequireLive();
        var target = array[arrayIndex..];
        var count = (int)Math.Min(target.Length, Count - tensorIndex);
        if (_contiguous)
        {
            new ReadOnlySpan<T>((T*)_data + tensorIndex, count).CopyTo(target);
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                target[i] = *Address(Offset(tensorIndex + i));
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>Writes the array from <paramref name="arrayIndex"/> on to the elements from position <paramref name="tensorIndex"/> on.</summary>
    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        RequireLive();
        var source = array[arrayIndex..];
        var count = (int)Math.Min(source.Length, Count - tensorIndex);
        if (_contiguous)
        {
            source[..count].CopyTo(new Span<T>((T*)_data + tensorIndex, count));
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                *Address(Offset(tensorIndex + i)) = source[i];
            }
        }

        GC.KeepAlive(this);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0L; i < Count; i++)
        {
            yield return At(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether both read the same elements in the same order.</summary>
    public override bool Equals(object? obj) =>
        obj is TensorAccessor<T> other && Count == other.Count && this.SequenceEqual(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Count > 0 ? At(0) : default);

    /// <summary>Ends access; the tensor it came from is not touched.</summary>
    public void Dispose() => _disposed = true;

    private T At(long position)
    {
        var value = *Address(_contiguous ? position : Offset(position));
        GC.KeepAlive(this);
        return value;
    }

    private T* Address(long offset)
    {
        RequireLive();
        return (T*)_data + offset;
    }

    private void RequireLive()
    {
        if (_disposed || _tensor.IsInvalid)
        {
            throw new InvalidOperationException("The tensor or its accessor has been disposed; the elements are gone.");
        }
    }

    private long Offset(long[] indices)
    {
        if (indices.Length != _shape.Length)
        {
            return indices.Length == 1 && indices[0] >= 0 && indices[0] < Count
                ? Offset(indices[0])
                : throw new IndexOutOfRangeException($"{indices.Length} indices do not fit a tensor of {_shape.Length} dimensions.");
        }

        var offset = 0L;
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i] < 0 ? indices[i] + _shape[i] : indices[i];
            if (index < 0 || index >= _shape[i])
            {
                throw new IndexOutOfRangeException($"Index {indices[i]} is outside dimension {i} of size {_shape[i]}.");
            }

            offset += index * _strides[i];
        }

        return offset;
    }

    private long Offset(long position)
    {
        var offset = 0L;
        for (var i = _shape.Length - 1; i >= 0; i--)
        {
            offset += position % _shape[i] * _strides[i];
            position /= _shape[i];
        }

        return offset;
    }
}
