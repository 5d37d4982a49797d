namespace Repro.Core.Training;

/// <summary>One thing that was looked at before a run.</summary>
/// <param name="Subject">Which file, key or shape.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Problem">What is wrong; null if all is well.</param>
public sealed record PlanCheck(string Subject, string Finding, string? Problem = null);
