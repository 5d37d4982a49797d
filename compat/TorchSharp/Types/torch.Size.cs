using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A shape: the size of every dimension.</summary>
    public struct Size : IEnumerable<long>
    {
        private readonly long[]? _shape;

        public Size(long[] shape)
        {
            _shape = shape;
        }

        public Size(int[] shape)
            : this(Array.ConvertAll(shape, value => (long)value))
        {
        }

        public Size(IEnumerable<long> shape)
            : this([.. shape])
        {
        }

        public Size(long size)
            : this([size])
        {
        }

        public Size(int size)
            : this([(long)size])
        {
        }

        public Size((long, long) size)
            : this([size.Item1, size.Item2])
        {
        }

        public Size((long, long, long) size)
            : this([size.Item1, size.Item2, size.Item3])
        {
        }

        public Size((long, long, long, long) size)
            : this([size.Item1, size.Item2, size.Item3, size.Item4])
        {
        }

        public Size((long, long, long, long, long) size)
            : this([size.Item1, size.Item2, size.Item3, size.Item4, size.Item5])
        {
        }

        public Size((long, long, long, long, long, long) size)
            : this([size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, size.Item6])
        {
        }

        public Size((int, int) size)
            : this((size.Item1, (long)size.Item2))
        {
        }

        public Size((int, int, int) size)
            : this((size.Item1, size.Item2, (long)size.Item3))
        {
        }

        public Size((int, int, int, int) size)
            : this((size.Item1, size.Item2, size.Item3, (long)size.Item4))
        {
        }

        public Size((int, int, int, int, int) size)
            : this((size.Item1, size.Item2, size.Item3, size.Item4, (long)size.Item5))
        {
        }

        public Size((int, int, int, int, int, int) size)
            : this((size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, (long)size.Item6))
        {
        }

        /// <summary>The shape of a tensor without dimensions.</summary>
        public static Size Empty = new(Array.Empty<long>());

        public long[] Shape => _shape ?? [];

        /// <summary>The number of dimensions.</summary>
        public int Length => Shape.Length;

        public bool IsEmpty => Length == 0;

        public bool IsScalar => Length == 0;

        public long this[int idx] => Shape[idx];

        public long this[long idx] => Shape[idx];

        public static implicit operator Size(long size) => new(size);

        public static implicit operator Size(long[] size) => new(size);

        public static implicit operator Size((long, long) size) => new(size);

        public static implicit operator Size((long, long, long) size) => new(size);

        public static implicit operator Size((long, long, long, long) size) => new(size);

        public static implicit operator Size((long, long, long, long, long) size) => new(size);

        public static implicit operator Size((long, long, long, long, long, long) size) => new(size);

        public static Size operator +(Size left, Size right) => new([.. left.Shape, .. right.Shape]);

        public static Size operator +(Size left, IEnumerable<long> right) => new([.. left.Shape, .. right]);

        public static bool operator ==(Size left, Size right) => left.Shape.AsSpan().SequenceEqual(right.Shape);

        public static bool operator !=(Size left, Size right) => !(left == right);

        /// <summary>The number of elements.</summary>
        public long numel()
        {
            var count = 1L;
            foreach (var size in Shape)
            {
                count *= size;
            }

            return count;
        }

        /// <summary>The dimensions from first on, below next.</summary>
        public Size Slice(int first, int next) => new(Shape[first..next]);

        public IEnumerable<long> Take(int i) => Enumerable.Take(Shape, i);

        public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)Shape).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Size other && this == other;

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var size in Shape)
            {
                hash.Add(size);
            }

            return hash.ToHashCode();
        }
    }
}
