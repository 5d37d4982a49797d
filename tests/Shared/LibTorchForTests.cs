using System.Runtime.CompilerServices;
using Repro.Core.Hardware;

namespace Repro.Tests.Shared;

/// <summary>Tests may touch TorchSharp before anything of the library has run, which finds LibTorch for it.</summary>
internal static class LibTorchForTests
{
#pragma warning disable CA2255 // A test assembly is an application.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void WatchForTorchSharp() => RuntimeHelpers.RunModuleConstructor(typeof(LibTorch).Module.ModuleHandle);
}
