using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace VerifyTests;

/// <summary>One verification: the names of its two files, the comparison, the message.</summary>
internal sealed class Snapshot
{
    private const int ShownLines = 20;

    private static readonly ConcurrentDictionary<string, MethodInfo> Used = new(StringComparer.Ordinal);

    private readonly string _received;
    private readonly string _verified;

    internal Snapshot(MethodInfo test, string sourceFile, string extension, VerifySettings settings)
    {
        var prefix = Path.Combine(
            Path.GetFullPath(settings.Directory ?? ".", Path.GetDirectoryName(sourceFile)!), settings.FileName ?? NameOf(test, settings));
        if (!Used.TryAdd($"{prefix}.{extension}", test))
        {
            throw new InvalidOperationException(
                $"The prefix {prefix} has been used by {Used[$"{prefix}.{extension}"].Name}: two tests would overwrite each other's "
                    + "files.");
        }

        (_received, _verified) = ($"{prefix}.received.{extension}", $"{prefix}.verified.{extension}");
    }

    /// <summary>Compares and leaves a received file where they differ. Nothing is ever accepted here: a person renames the file.</summary>
    internal async Task<VerifyResult> CompareAsync(string? target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_received)!);
        File.Delete(_received);
        var received = WithoutCarriageReturns(target is null ? "null" : target.Length == 0 ? "emptyString" : target);
        var verified = File.Exists(_verified)
            ? WithoutCarriageReturns(await File.ReadAllTextAsync(_verified).ConfigureAwait(false))
            : string.Empty;

        // An editor may have ended the accepted file with a line break of its own.
        if (verified == received || verified == received + "\n")
        {
            return new VerifyResult();
        }

        await File.WriteAllTextAsync(_received, received, new UTF8Encoding(VerifierSettings.WritesByteOrderMark)).ConfigureAwait(false);
        throw new VerifyException(Message(received, verified));
    }

    private static string NameOf(MethodInfo test, VerifySettings settings)
    {
        var type = test.ReflectedType!;
        var name = $"{(type.IsNested ? $"{type.DeclaringType!.Name}." : string.Empty)}{type.Name}.{test.Name}";
        var parameters = test.GetParameters();
        return parameters.Length > 0 && settings.Parameters is null
            ? throw new InvalidOperationException($"{name} has parameters: call UseParameters or UseFileName.")
            : name + string.Concat(parameters.Zip(settings.Parameters ?? [], (parameter, value) => $"_{parameter.Name}={Clean(value)}"));
    }

    private static string Clean(object? value) =>
        string.Concat(
            (Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null")
                .Select(c => char.IsControl(c) || "\"\\<>|:*?/".Contains(c, StringComparison.Ordinal) ? '-' : c));

    private static string WithoutCarriageReturns(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private string Message(string received, string verified)
    {
        var files = $"  - Received: {Path.GetFileName(_received)}\n    Verified: {Path.GetFileName(_verified)}\n";
        return $"Directory: {Path.GetDirectoryName(_received)}\n{(verified.Length == 0 ? "New" : "NotEqual")}:\n{files}\nFileContent:\n\n"
            + Difference(received.Split('\n'), verified.Split('\n'));
    }

    // The lines between what both texts begin and end with.
    private static string Difference(string[] received, string[] verified)
    {
        var shorter = Math.Min(received.Length, verified.Length);
        var head = Enumerable.Range(0, shorter).TakeWhile(i => received[i] == verified[i]).Count();
        var tail = Enumerable.Range(1, shorter - head).TakeWhile(i => received[^i] == verified[^i]).Count();
        return Invariant($"From line {head + 1}:\n{Lines('-', verified[head..^tail])}{Lines('+', received[head..^tail])}");
    }

    private static string Lines(char sign, string[] lines) =>
        string.Concat(lines.Take(ShownLines).Select(line => $"{sign} {line}\n"))
            + (lines.Length > ShownLines ? Invariant($"{sign} ... {lines.Length - ShownLines} more lines\n") : string.Empty);
}

internal sealed class VerifyException(string message) : Exception(message);
