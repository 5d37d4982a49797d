namespace TorchSharp;
internal static class P;
