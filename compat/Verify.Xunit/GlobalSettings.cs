using VerifyTests.Naming;
using VerifyTests.Scrubbing;
using VerifyTests.Serialization;

namespace VerifyTests;

/// <summary>What <see cref="VerifierSettings"/> sets: open until the first verification of the run, then fixed.</summary>
internal sealed class GlobalSettings
{
    private int _isFixed;

    public static GlobalSettings Current { get; } = new();

    public ScrubberChain Scrubbers { get; } = new();

    public SerializationRules Rules { get; } = new();

    public Func<RunningTest, string>? DeriveDirectory { get; set; }

    public AutoVerifyMode? AutoVerify { get; set; }

    public bool IsStrictJson { get; set; }

    public bool IsUniqueForRuntime { get; set; }

    public bool IsUniqueForRuntimeAndVersion { get; set; }

    public bool AllowsSharedPrefix { get; set; }

    public bool OmitsContent { get; set; }

    public bool WritesByteOrderMark { get; set; } = true;

    public bool ScrubsProjectDirectory { get; set; } = true;

    public bool ScrubsSolutionDirectory { get; set; } = true;

    public void Fix() => Interlocked.Exchange(ref _isFixed, 1);

    /// <exception cref="InvalidOperationException">A verification has begun already.</exception>
    public GlobalSettings Open() => Volatile.Read(ref _isFixed) == 0
        ? this
        : throw new InvalidOperationException(
            "Settings of all tests must be set before the first Verify of the run: set them in a method with [ModuleInitializer].");
}
