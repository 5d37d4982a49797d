using System.Reflection;
using System.Runtime.CompilerServices;
using VerifyTests;
using Xunit.Sdk;

namespace VerifyXunit;

/// <summary>
/// A stand-in for the package Verify.Xunit 31, for feeds that lack its dependency: only the members that the tests of this repository call,
/// with the signatures, file names and files of the package. <c>-p:Verify=package</c> takes the package in its place.
/// </summary>
public static class Verifier
{
    /// <summary>Compares a text with the accepted file <c>Class.Method.verified.txt</c> beside the source of the test.</summary>
    /// <param name="target">The text.</param>
    /// <param name="settings">Settings to begin with.</param>
    /// <param name="sourceFile">Filled in by the compiler.</param>
    /// <exception cref="Exception">The text is new or differs; it now lies beside the accepted file as <c>.received.</c>.</exception>
    public static SettingsTask Verify(string? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify(target, "txt", settings, sourceFile);

    /// <summary>As <see cref="Verify(string?, VerifySettings?, string)"/>, with a file of another extension.</summary>
    /// <param name="target">The text.</param>
    /// <param name="extension">The extension without its point.</param>
    /// <param name="settings">Settings to begin with.</param>
    /// <param name="sourceFile">Filled in by the compiler.</param>
    public static SettingsTask Verify(
        string? target, string extension, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "")
    {
        // Looked up here and not when the task is awaited: which test runs is known inside its method only.
        var method = UseVerifyAttribute.GetMethod();
        return new SettingsTask(settings, current => new Snapshot(method, sourceFile, extension, current).CompareAsync(target));
    }
}

/// <summary>Tells the verifier which test is running: xunit 2 has no ambient context. <c>build/Verify.props</c> puts it on each test
/// assembly.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class UseVerifyAttribute : BeforeAfterTestAttribute
{
    private static readonly AsyncLocal<MethodInfo?> Current = new();

    /// <inheritdoc/>
    public override void Before(MethodInfo info) => Current.Value = info;

    /// <inheritdoc/>
    public override void After(MethodInfo info) => Current.Value = null;

    /// <summary>The method of the running test.</summary>
    /// <exception cref="InvalidOperationException">No test runs, or its assembly lacks the attribute.</exception>
    public static MethodInfo GetMethod() =>
        Current.Value
            ?? throw new InvalidOperationException("No test is running, or its assembly lacks [assembly: VerifyXunit.UseVerify].");
}
