using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Writes tensors as text. Long dimensions are shortened to their ends.</summary>
internal static class TensorText
{
    private const int Shown = 6;
    private static int s_style = (int)TorchSharp.TensorStringStyle.Julia;

    /// <summary>What the default style stands for.</summary>
    public static TorchSharp.TensorStringStyle Style
    {
        get => (TorchSharp.TensorStringStyle)Volatile.Read(ref s_style);
        set => Volatile.Write(ref s_style, (int)(value == TorchSharp.TensorStringStyle.Default ? TorchSharp.TensorStringStyle.Julia : value));
    }

    public static string Metadata(Tensor tensor) =>
        tensor.dim() == 0
            ? $"[], type = {tensor.dtype}, device = {tensor.device}"
            : $"[{string.Join('x', tensor.shape)}], type = {tensor.dtype}, device = {tensor.device}";

    public static string Write(Tensor tensor, TorchSharp.TensorStringStyle style, string? format, int? width, CultureInfo? culture, string? newLine)
    {
        var chosen = style == TorchSharp.TensorStringStyle.Default ? Style : style;
        if (chosen == TorchSharp.TensorStringStyle.Metadata || tensor.is_meta || tensor.is_sparse)
        {
            return Metadata(tensor);
        }

        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var values = tensor.detach().cpu();
        var line = newLine ?? Environment.NewLine;
        var text = new StringBuilder();
        var (open, close) = chosen == TorchSharp.TensorStringStyle.CSharp ? ('{', '}') : ('[', ']');
        if (chosen != TorchSharp.TensorStringStyle.Numpy)
        {
            text.Append(Metadata(tensor)).Append(chosen == TorchSharp.TensorStringStyle.CSharp ? ", value = " : line);
        }

        Append(text, values, new Layout(open, close, line, element => Element(element, format, culture ?? CultureInfo.CurrentCulture)), 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Tensor values, Layout layout, int depth)
    {
        if (values.dim() == 0)
        {
            text.Append(layout.Element(values.ToScalar()));
            return;
        }

        var count = values.size(0);
        text.Append(layout.Open);
        for (var i = 0L; i < count; i++)
        {
            if (i > 0)
            {
                text.Append(values.dim() == 1 ? ", " : "," + layout.NewLine + new string(' ', depth + 1));
            }

            if (count > 2 * Shown && i == Shown)
            {
                text.Append("...");
                i = count - Shown - 1;
                continue;
            }

            using var part = values[i];
            Append(text, part, layout, depth + 1);
        }

        text.Append(layout.Close);
    }

    private static string Element(Scalar value, string? format, CultureInfo culture) => value.Type switch
    {
        ScalarType.Bool => value.ToBoolean() ? "true" : "false",
        ScalarType.ComplexFloat64 => value.ToComplexFloat64().ToString(format ?? "g5", culture),
        var type when type.IsIntegral() => value.ToInt64().ToString(culture),
        _ => value.ToDouble().ToString(format ?? "g5", culture),
    };

    private sealed record Layout(char Open, char Close, string NewLine, Func<Scalar, string> Element);
}
