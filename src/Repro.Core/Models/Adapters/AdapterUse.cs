namespace Repro.Core.Models.Adapters;

/// <summary>Gives the adapter that was active before back when it is disposed.</summary>
internal sealed class AdapterUse(AdapterSet adapters, string? before) : IDisposable
{
    public void Dispose() => adapters.Active = before;
}
