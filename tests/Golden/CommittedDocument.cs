using Repro.Experiments.Claims;
using Xunit.Sdk;

namespace Repro.Tests.Golden;

/// <summary>A document of the repository that is written by code. The document itself is the accepted text, so that there is no second copy
/// of it.</summary>
internal static class CommittedDocument
{
    /// <summary>Compares a document with what the code writes today. Where they differ, the text of today lies beside the document as
    /// <c>NAME.received.EXTENSION</c>.</summary>
    /// <param name="document">Path below the root of the repository.</param>
    /// <param name="today">What the code writes.</param>
    /// <exception cref="XunitException">They differ.</exception>
    internal static async Task VerifyAsync(string document, string today)
    {
        var path = Path.Combine(RepositoryRoot.Find(), document);
        var (folder, name, extension) = (
            Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path), Path.GetExtension(path)[1..]);
        var verified = Path.Combine(folder, $"{name}.verified.{extension}");
        await File.WriteAllTextAsync(verified, (await File.ReadAllTextAsync(path)).ReplaceLineEndings("\n"));
        try
        {
            await Verify(today.ReplaceLineEndings("\n"), extension).UseDirectory(folder).UseFileName(name).DisableDiff();
        }
        catch (Exception e) when (e is not InvalidOperationException)
        {
            throw new XunitException(
                $"{document} is not what the code writes today. If today is right, move {name}.received.{extension}, which lies beside it, "
                    + $"over it.\n{e.Message}");
        }
        finally
        {
            File.Delete(verified);
        }
    }
}
