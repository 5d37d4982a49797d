namespace Repro.Core.Text;

/// <summary>A token that is found in text before anything else and never merged.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Content">The text that it stands for.</param>
/// <param name="Special">Left out of decoded text on request; can be made plain text when encoding.</param>
/// <param name="SingleWord">Found only where no word character stands on either side.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space after it along.</param>
/// <param name="Normalized">Searched in normalized text, else in the text as given.</param>
public sealed record AddedToken(
    int Id, string Content, bool Special = true, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false, bool Normalized = false);
