namespace VerifyTests;

/// <summary>How a difference is accepted without asking.</summary>
/// <param name="IncludesBuildServer">Whether to accept on a build server too.</param>
/// <param name="ThrowsException">Whether the test still fails after the file was accepted.</param>
internal sealed record AutoVerifyMode(bool IncludesBuildServer, bool ThrowsException)
{
    private static readonly string[] BuildServerVariables =
    [
        "GITHUB_ACTION", "GITLAB_CI", "JENKINS_URL", "TEAMCITY_VERSION", "TRAVIS_BUILD_ID", "APPVEYOR", "BITBUCKET_BUILD_NUMBER", "GO_SERVER_URL",
    ];

    public bool IsActive => IncludesBuildServer || !IsBuildServer;

    private static bool IsBuildServer =>
        Array.Exists(BuildServerVariables, name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        || Is("TF_BUILD", "True") || Is("BuildRunner", "MyGet") || Is("DOTNET_RUNNING_IN_CONTAINER", "true");

    private static bool Is(string name, string value) =>
        string.Equals(Environment.GetEnvironmentVariable(name), value, StringComparison.OrdinalIgnoreCase);
}
