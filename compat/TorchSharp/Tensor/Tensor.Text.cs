using System.Globalization;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Text.</content>
    public partial class Tensor
    {
        /// <summary>Shape, dtype and device; no values.</summary>
        public override string ToString() => this.metastr();

        /// <summary>Values, in the style of the process, when <paramref name="disamb"/>; else metadata only.</summary>
        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            ToString(disamb ? TorchSharp.TensorStringStyle.Default : TorchSharp.TensorStringStyle.Metadata, fltFormat, width, cultureInfo, newLine);

        public string ToString(TorchSharp.TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            TensorText.Write(this, style, fltFormat, width, cultureInfo, newLine);
    }

    /// <summary>The style of <see cref="TorchSharp.TensorStringStyle.Default"/>, for the process.</summary>
    public static TorchSharp.TensorStringStyle TensorStringStyle
    {
        get => TensorText.Style;
        set => TensorText.Style = value;
    }

    public const TorchSharp.TensorStringStyle julia = TorchSharp.TensorStringStyle.Julia;

    public const TorchSharp.TensorStringStyle numpy = TorchSharp.TensorStringStyle.Numpy;

    public const TorchSharp.TensorStringStyle csharp = TorchSharp.TensorStringStyle.CSharp;
}
