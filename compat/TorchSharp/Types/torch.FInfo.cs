namespace TorchSharp;

public static partial class torch
{
    /// <summary>The limits of a floating-point dtype.</summary>
    public struct FInfo
    {
        public int bits;

        /// <summary>The distance from 1 to the next greater number.</summary>
        public double eps;

        public double max;

        public double min;

        /// <summary>The smallest positive normal number.</summary>
        public double tiny;

        public double smallest_normal;

        /// <summary>The decimal resolution, a power of ten.</summary>
        public double resolution;

        internal FInfo(int bits, double eps, double max, double tiny, double resolution)
        {
            this.bits = bits;
            this.eps = eps;
            this.max = max;
            min = -max;
            this.tiny = tiny;
            smallest_normal = tiny;
            this.resolution = resolution;
        }
    }
}
