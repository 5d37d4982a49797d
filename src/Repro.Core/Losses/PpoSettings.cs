namespace Repro.Core.Losses;

/// <summary>The numbers of one PPO step.</summary>
/// <param name="PolicyClip">Room of the probability ratio on either side of 1.</param>
/// <param name="ValueClip">The largest distance of a value from the old one.</param>
/// <param name="ValueCoefficient">Factor of the value loss.</param>
/// <param name="RatioThreshold">A mean ratio above it sets the losses of the minibatch, and their gradients, to 0.</param>
public sealed record PpoSettings(double PolicyClip, double ValueClip, double ValueCoefficient, double RatioThreshold);
