/* Functions of Float: names of the table for those of the C library. */
#include "snow_internal.h"

#include <math.h>

/* Toward zero; what does not fit becomes the nearest Int, NaN becomes 0. */
static int64_t saturate(double x) {
    if (isnan(x)) return 0;
    if (x >= 9223372036854775808.0) return INT64_MAX;
    if (x < -9223372036854775808.0) return INT64_MIN;
    return (int64_t)x;
}

int64_t snow_math_floor(double x) { return saturate(floor(x)); }
int64_t snow_math_ceil(double x) { return saturate(ceil(x)); }
int64_t snow_math_round(double x) { return saturate(round(x)); }

double snow_float_floor(double x) { return floor(x); }
double snow_float_ceil(double x) { return ceil(x); }
double snow_float_round(double x) { return round(x); }
double snow_float_trunc(double x) { return trunc(x); }

double snow_math_pow(double x, double y) { return pow(x, y); }
double snow_math_atan2(double y, double x) { return atan2(y, x); }
double snow_math_hypot(double x, double y) { return hypot(x, y); }
double snow_math_log(double x, double base) { return log(x) / log(base); }

double snow_math_sin(double x) { return sin(x); }
double snow_math_cos(double x) { return cos(x); }
double snow_math_tan(double x) { return tan(x); }
double snow_math_asin(double x) { return asin(x); }
double snow_math_acos(double x) { return acos(x); }
double snow_math_atan(double x) { return atan(x); }
double snow_math_sinh(double x) { return sinh(x); }
double snow_math_cosh(double x) { return cosh(x); }
double snow_math_tanh(double x) { return tanh(x); }
double snow_math_exp(double x) { return exp(x); }
double snow_math_ln(double x) { return log(x); }
double snow_math_log2(double x) { return log2(x); }
double snow_math_log10(double x) { return log10(x); }
double snow_math_cbrt(double x) { return cbrt(x); }
