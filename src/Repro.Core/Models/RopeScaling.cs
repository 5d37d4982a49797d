namespace Repro.Core.Models;

/// <summary>Stretching of rotary frequencies for longer contexts.</summary>
/// <param name="Factor">By how much positions are stretched.</param>
/// <param name="LowFrequencyFactor">Llama 3: wavelengths above original / this are stretched in full; null for linear stretching of all.</param>
/// <param name="HighFrequencyFactor">Llama 3: wavelengths below original / this are left alone; null for linear.</param>
/// <param name="OriginalPositions">Llama 3: length of the original context; null for linear.</param>
public sealed record RopeScaling(double Factor, double? LowFrequencyFactor = null, double? HighFrequencyFactor = null, double? OriginalPositions = null);
