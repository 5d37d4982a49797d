namespace VerifyXunit;

/// <content>Where the files of all tests lie.</content>
public static partial class Verifier
{
    /// <summary>Puts the files of all tests into one directory of the test project.</summary>
    public static void UseProjectRelativeDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        GlobalSettings.Current.Open().DeriveDirectory = test => Path.Combine(test.ProjectDirectory, directory);
    }

    /// <summary>Puts the files of each test into a directory beside its source file.</summary>
    public static void UseSourceFileRelativeDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        GlobalSettings.Current.Open().DeriveDirectory = test => Path.Combine(test.SourceDirectory, directory);
    }
}
