using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Files and streams.</content>
    public partial class Tensor
    {
        public static Tensor load(string location) => Load(location);

        public static Tensor Load(string location)
        {
            using var stream = File.OpenRead(location);
            return Load(stream);
        }

        public static Tensor Load(Stream stream)
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            return Load(reader);
        }

        /// <exception cref="InvalidDataException">What is read is no tensor, or ends too early.</exception>
        public static Tensor Load(BinaryReader reader) => TensorFile.Read(reader, skip: false)!;

        public void save(string location) => this.Save(location);

        /// <summary>Writes the raw bytes, without dtype and shape.</summary>
        public void WriteBytesToStream(Stream stream, int bufferSize = 1024) => TensorFile.WriteBytes(this, stream.Write);

        /// <summary>Reads the raw bytes of a contiguous tensor on the CPU.</summary>
        /// <exception cref="InvalidDataException">The stream ends too early.</exception>
        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            if (!is_contiguous())
            {
                throw new InvalidOperationException("Bytes can be read into a contiguous tensor only.");
            }

            TensorFile.ReadBytes(this, stream.Read);
        }
    }

    public static Tensor load(string location) => Tensor.Load(location);

    public static void save(Tensor t, string location) => t.save(location);
}
