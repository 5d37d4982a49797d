namespace VerifyTests;

/// <content>JSON and switches of the text's treatment.</content>
public partial class VerifySettings
{
    private bool _strictJson;

    public bool StrictJson => _strictJson || GlobalSettings.Current.IsStrictJson;

    /// <summary>Objects are written as real JSON into files with the extension <c>json</c>.</summary>
    public void UseStrictJson() => _strictJson = true;

    public void DisableScrubbers() => ScrubbersDisabled = true;
}
