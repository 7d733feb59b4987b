// Literals for the common units of the field: 0.05_eV, 600_K, 5_THz, 1'000_nm. Every digit is kept. Other units are
// written quantity(3.1, "eV/nm^2").
#pragma once

#include "lang/builder/term.hpp"

namespace rdd::literals {

// Lengths
inline builder::Term operator""_km(const char* digits) {
  return builder::literal(digits, "km");
}
inline builder::Term operator""_m(const char* digits) {
  return builder::literal(digits, "m");
}
inline builder::Term operator""_cm(const char* digits) {
  return builder::literal(digits, "cm");
}
inline builder::Term operator""_mm(const char* digits) {
  return builder::literal(digits, "mm");
}
inline builder::Term operator""_um(const char* digits) {
  return builder::literal(digits, "um");
}
inline builder::Term operator""_nm(const char* digits) {
  return builder::literal(digits, "nm");
}
inline builder::Term operator""_pm(const char* digits) {
  return builder::literal(digits, "pm");
}
inline builder::Term operator""_fm(const char* digits) {
  return builder::literal(digits, "fm");
}
inline builder::Term operator""_angstrom(const char* digits) {
  return builder::literal(digits, "angstrom");
}

// A length in cells, for models on one lattice
inline builder::Term operator""_cell(const char* digits) {
  return builder::literal(digits, "cell");
}

// Times
inline builder::Term operator""_h(const char* digits) {
  return builder::literal(digits, "h");
}
inline builder::Term operator""_min(const char* digits) {
  return builder::literal(digits, "min");
}
inline builder::Term operator""_s(const char* digits) {
  return builder::literal(digits, "s");
}
inline builder::Term operator""_ms(const char* digits) {
  return builder::literal(digits, "ms");
}
inline builder::Term operator""_us(const char* digits) {
  return builder::literal(digits, "us");
}
inline builder::Term operator""_ns(const char* digits) {
  return builder::literal(digits, "ns");
}
inline builder::Term operator""_ps(const char* digits) {
  return builder::literal(digits, "ps");
}
inline builder::Term operator""_fs(const char* digits) {
  return builder::literal(digits, "fs");
}

// Frequencies
inline builder::Term operator""_Hz(const char* digits) {
  return builder::literal(digits, "Hz");
}
inline builder::Term operator""_kHz(const char* digits) {
  return builder::literal(digits, "kHz");
}
inline builder::Term operator""_MHz(const char* digits) {
  return builder::literal(digits, "MHz");
}
inline builder::Term operator""_GHz(const char* digits) {
  return builder::literal(digits, "GHz");
}
inline builder::Term operator""_THz(const char* digits) {
  return builder::literal(digits, "THz");
}

// Temperatures
inline builder::Term operator""_K(const char* digits) {
  return builder::literal(digits, "K");
}
inline builder::Term operator""_mK(const char* digits) {
  return builder::literal(digits, "mK");
}

// Energies
inline builder::Term operator""_eV(const char* digits) {
  return builder::literal(digits, "eV");
}
inline builder::Term operator""_meV(const char* digits) {
  return builder::literal(digits, "meV");
}
inline builder::Term operator""_ueV(const char* digits) {
  return builder::literal(digits, "ueV");
}
inline builder::Term operator""_keV(const char* digits) {
  return builder::literal(digits, "keV");
}
inline builder::Term operator""_MeV(const char* digits) {
  return builder::literal(digits, "MeV");
}
inline builder::Term operator""_J(const char* digits) {
  return builder::literal(digits, "J");
}
inline builder::Term operator""_kJ(const char* digits) {
  return builder::literal(digits, "kJ");
}
inline builder::Term operator""_mJ(const char* digits) {
  return builder::literal(digits, "mJ");
}
inline builder::Term operator""_uJ(const char* digits) {
  return builder::literal(digits, "uJ");
}
inline builder::Term operator""_nJ(const char* digits) {
  return builder::literal(digits, "nJ");
}
inline builder::Term operator""_pJ(const char* digits) {
  return builder::literal(digits, "pJ");
}
inline builder::Term operator""_fJ(const char* digits) {
  return builder::literal(digits, "fJ");
}
inline builder::Term operator""_aJ(const char* digits) {
  return builder::literal(digits, "aJ");
}
inline builder::Term operator""_cal(const char* digits) {
  return builder::literal(digits, "cal");
}
inline builder::Term operator""_kcal(const char* digits) {
  return builder::literal(digits, "kcal");
}

// Forces
inline builder::Term operator""_N(const char* digits) {
  return builder::literal(digits, "N");
}
inline builder::Term operator""_mN(const char* digits) {
  return builder::literal(digits, "mN");
}
inline builder::Term operator""_uN(const char* digits) {
  return builder::literal(digits, "uN");
}
inline builder::Term operator""_nN(const char* digits) {
  return builder::literal(digits, "nN");
}
inline builder::Term operator""_pN(const char* digits) {
  return builder::literal(digits, "pN");
}
inline builder::Term operator""_fN(const char* digits) {
  return builder::literal(digits, "fN");
}

// Pressures
inline builder::Term operator""_Pa(const char* digits) {
  return builder::literal(digits, "Pa");
}
inline builder::Term operator""_kPa(const char* digits) {
  return builder::literal(digits, "kPa");
}
inline builder::Term operator""_MPa(const char* digits) {
  return builder::literal(digits, "MPa");
}
inline builder::Term operator""_GPa(const char* digits) {
  return builder::literal(digits, "GPa");
}
inline builder::Term operator""_TPa(const char* digits) {
  return builder::literal(digits, "TPa");
}
inline builder::Term operator""_bar(const char* digits) {
  return builder::literal(digits, "bar");
}
inline builder::Term operator""_kbar(const char* digits) {
  return builder::literal(digits, "kbar");
}
inline builder::Term operator""_mbar(const char* digits) {
  return builder::literal(digits, "mbar");
}

// Masses
inline builder::Term operator""_kg(const char* digits) {
  return builder::literal(digits, "kg");
}
inline builder::Term operator""_g(const char* digits) {
  return builder::literal(digits, "g");
}
inline builder::Term operator""_mg(const char* digits) {
  return builder::literal(digits, "mg");
}
inline builder::Term operator""_ug(const char* digits) {
  return builder::literal(digits, "ug");
}
inline builder::Term operator""_amu(const char* digits) {
  return builder::literal(digits, "amu");
}

// Amounts, charges, currents, voltages, powers, angles
inline builder::Term operator""_mol(const char* digits) {
  return builder::literal(digits, "mol");
}
inline builder::Term operator""_mmol(const char* digits) {
  return builder::literal(digits, "mmol");
}
inline builder::Term operator""_umol(const char* digits) {
  return builder::literal(digits, "umol");
}
inline builder::Term operator""_C(const char* digits) {
  return builder::literal(digits, "C");
}
inline builder::Term operator""_e(const char* digits) {
  return builder::literal(digits, "e");
}
inline builder::Term operator""_A(const char* digits) {
  return builder::literal(digits, "A");
}
inline builder::Term operator""_mA(const char* digits) {
  return builder::literal(digits, "mA");
}
inline builder::Term operator""_uA(const char* digits) {
  return builder::literal(digits, "uA");
}
inline builder::Term operator""_V(const char* digits) {
  return builder::literal(digits, "V");
}
inline builder::Term operator""_kV(const char* digits) {
  return builder::literal(digits, "kV");
}
inline builder::Term operator""_mV(const char* digits) {
  return builder::literal(digits, "mV");
}
inline builder::Term operator""_uV(const char* digits) {
  return builder::literal(digits, "uV");
}
inline builder::Term operator""_W(const char* digits) {
  return builder::literal(digits, "W");
}
inline builder::Term operator""_kW(const char* digits) {
  return builder::literal(digits, "kW");
}
inline builder::Term operator""_mW(const char* digits) {
  return builder::literal(digits, "mW");
}
inline builder::Term operator""_degree(const char* digits) {
  return builder::literal(digits, "degree");
}

// Rates
inline builder::Term operator""_per_s(const char* digits) {
  return builder::literal(digits, "/s");
}
inline builder::Term operator""_per_ns(const char* digits) {
  return builder::literal(digits, "/ns");
}

}  // namespace rdd::literals
