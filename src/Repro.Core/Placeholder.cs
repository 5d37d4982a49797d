namespace Repro.Core;
internal static class Placeholder;
