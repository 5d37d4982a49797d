namespace Repro.Core.Data.Records;

/// <summary>One step of a solution.</summary>
/// <param name="Text">What is written.</param>
/// <param name="Rating">1 right, 0 neither right nor wrong, -1 wrong; null where nobody rated it.</param>
public sealed record SolutionStep(string Text, int? Rating);
