using System.Globalization;
using System.Net;
using System.Text;

namespace Repro.Core.Training.Runs;

/// <summary>The metrics of a run by step as an SVG image: each metric of the held-out data beside the same one of training, and the
/// loss. It follows the colours of the reader's system, light or dark.</summary>
internal static class RunCurves
{
    private const int Width = 360;
    private const int Height = 200;
    private const int Left = 62;
    private const int Top = 34;
    private const int Right = 14;
    private const int Bottom = 26;
    private const int MostPanels = 12;

    // Points of a curve; beyond it each is the mean of several steps.
    private const int MostPoints = 300;

    /// <summary>The image; null where no metric has two points.</summary>
    /// <param name="lines">The metrics, in order.</param>
    internal static string? Svg(IReadOnlyList<MetricLine> lines)
    {
        var names = lines.Where(line => line.IsEvaluation).SelectMany(line => line.Metrics.Keys)
            .Prepend("loss").Distinct(StringComparer.Ordinal);
        var panels = names.Select(name => new Panel(name, Points(lines, name, evaluation: false), Points(lines, name, evaluation: true)))
            .Where(panel => panel.IsDrawn).Take(MostPanels).ToList();
        if (panels.Count == 0)
        {
            return null;
        }

        var columns = Math.Min(2, panels.Count);
        var (width, height) = (columns * Width, (panels.Count + columns - 1) / columns * Height);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" ");
        text.Append(CultureInfo.InvariantCulture, $"width=\"{width}\" height=\"{height}\" role=\"img\">\n");
        text.Append("""
            <title>Metrics by step</title>
            <style>
            rect { fill: #ffffff } text { fill: #1c2127; font: 11px system-ui, sans-serif } .name { font-size: 13px; font-weight: 600 }
            .grid { stroke: #d8dde3 } .train { stroke: #0a5cad; fill: none; stroke-width: 1.5 }
            .held { stroke: #c2570c; fill: none; stroke-width: 2 }
            circle { fill: #c2570c } .key-train { fill: #0a5cad } .key-held { fill: #c2570c }
            @media (prefers-color-scheme: dark) {
            rect { fill: #1b1f24 } text { fill: #e6e9ec } .grid { stroke: #353c44 } .train { stroke: #79b8ff } .held { stroke: #ffa657 }
            circle { fill: #ffa657 } .key-train { fill: #79b8ff } .key-held { fill: #ffa657 } }
            </style>

            """.ReplaceLineEndings("\n"));
        text.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\"/>\n");
        for (var i = 0; i < panels.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({i % columns * Width} {i / columns * Height})\">\n");
            Draw(text, panels[i]);
            text.Append("</g>\n");
        }

        return text.Append("</svg>\n").ToString();
    }

    /// <summary>A metric by step, at most <paramref name="most"/> points: beyond that each is the mean of neighbouring steps, at the last
    /// of them. What is not finite is left out.</summary>
    internal static IReadOnlyList<(double Step, double Value)> Points(
        IReadOnlyList<MetricLine> lines, string name, bool evaluation, int most = MostPoints)
    {
        var found = new List<(double Step, double Value)>();
        foreach (var line in lines.Where(line => line.IsEvaluation == evaluation))
        {
            if (line.Metrics.TryGetValue(name, out var value) && double.IsFinite(value))
            {
                found.Add((line.Step, value));
            }
        }

        var size = (found.Count + most - 1) / most;
        return size <= 1 ? found : [.. found.Chunk(size).Select(Mean)];
    }

    private static (double Step, double Value) Mean((double Step, double Value)[] part) =>
        (part[^1].Step, part.Average(point => point.Value));

    private static void Draw(StringBuilder text, Panel panel)
    {
        var all = panel.Train.Concat(panel.Held).ToList();
        var (first, last) = (all.Min(point => point.Step), all.Max(point => point.Step));
        var (low, high) = (all.Min(point => point.Value), all.Max(point => point.Value));
        var room = high > low ? 0.05 * (high - low) : Math.Max(Math.Abs(low), 1) * 0.05;
        var scale = new Scale(first, Math.Max(last, first + 1), low - room, high + room);
        var name = WebUtility.HtmlEncode(panel.Name);
        text.Append(CultureInfo.InvariantCulture, $"<text class=\"name\" x=\"{Left}\" y=\"18\">{name}</text>\n");
        Key(text, panel);
        foreach (var value in high > low ? new[] { low, (low + high) / 2, high } : [low])
        {
            var y = scale.Y(value);
            text.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {y:F1}H{Width - Right}\"/>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{value:G4}</text>\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height - 8}\">step {first}</text>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right}\" y=\"{Height - 8}\" text-anchor=\"end\">{last}</text>\n");
        Curve(text, "train", panel.Train, scale);
        Curve(text, "held", panel.Held, scale);
        foreach (var (step, value) in panel.Held.Count <= 40 ? panel.Held : [])
        {
            text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{scale.X(step):F1}\" cy=\"{scale.Y(value):F1}\" r=\"2.5\"/>\n");
        }
    }

    private static void Key(StringBuilder text, Panel panel)
    {
        var held = panel.Held.Count > 0 ? "<tspan class=\"key-held\">held out</tspan>" : string.Empty;
        var train = panel.Train.Count > 0 ? "<tspan class=\"key-train\">training</tspan>" : string.Empty;
        var between = held.Length > 0 && train.Length > 0 ? " · " : string.Empty;
        var key = train + between + held;
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right}\" y=\"18\" text-anchor=\"end\">{key}</text>\n");
    }

    private static void Curve(StringBuilder text, string kind, IReadOnlyList<(double Step, double Value)> points, Scale scale)
    {
        if (points.Count > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"<polyline class=\"{kind}\" points=\"");
            text.AppendJoin(' ', points.Select(point => Invariant($"{scale.X(point.Step):F1},{scale.Y(point.Value):F1}"))).Append("\"/>\n");
        }
    }

    private sealed record Panel(
        string Name, IReadOnlyList<(double Step, double Value)> Train, IReadOnlyList<(double Step, double Value)> Held)
    {
        // A count of rows that never changes says nothing as a curve.
        internal bool IsDrawn => (Train.Count > 1 || Held.Count > 1)
            && (Name == "loss" || Train.Concat(Held).Select(point => point.Value).Distinct().Skip(1).Any());
    }

    private sealed record Scale(double First, double Last, double Low, double High)
    {
        internal double X(double step) => Left + ((Width - Left - Right) * (step - First) / (Last - First));

        internal double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * (value - Low) / (High - Low));
    }
}
