/* Some everyday work in one file: sorting, hashing, parsing, packing, small linear algebra. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define N 64

static void swap(int *a, int *b) { int t = *a; *a = *b; *b = t; }

static void sift(int *heap, int start, int end) {
    for (int root = start; 2 * root + 1 < end;) {
        int child = 2 * root + 1;
        if (child + 1 < end && heap[child] < heap[child + 1]) child++;
        if (heap[root] >= heap[child]) return;
        swap(&heap[root], &heap[child]);
        root = child;
    }
}

void heap_sort(int *v, int n) {
    for (int i = n / 2 - 1; i >= 0; i--) sift(v, i, n);
    for (int end = n - 1; end > 0; end--) { swap(v, v + end); sift(v, 0, end); }
}

void insertion_sort(int *v, int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && v[j - 1] > v[j]; j--) swap(&v[j - 1], &v[j]);
}

void quick_sort(int *v, int low, int high) {
    if (high - low < 12) { insertion_sort(v + low, high - low + 1); return; }
    int pivot = v[(low + high) / 2], i = low, j = high;
    while (i <= j) {
        while (v[i] < pivot) i++;
        while (v[j] > pivot) j--;
        if (i <= j) swap(&v[i++], &v[j--]);
    }
    quick_sort(v, low, j);
    quick_sort(v, i, high);
}

uint32_t fnv(const unsigned char *s, size_t n) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ s[i]) * 16777619u;
    return h;
}

uint32_t crc(const unsigned char *s, size_t n) {
    uint32_t c = ~0u;
    while (n--) {
        c ^= *s++;
        for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0xEDB88320u : c >> 1;
    }
    return ~c;
}

struct entry { char key[24]; int value, used; };
struct table { struct entry slot[256]; int count; };

static struct entry *find(struct table *t, const char *key) {
    uint32_t h = fnv((const unsigned char *)key, strlen(key));
    for (int step = 0; step < 256; step++) {
        struct entry *e = &t->slot[(h + step) & 255];
        if (!e->used || !strncmp(e->key, key, sizeof e->key)) return e;
    }
    return NULL;
}

int put(struct table *t, const char *key, int value) {
    struct entry *e = find(t, key);
    if (!e) return -1;
    if (!e->used) { strncpy(e->key, key, sizeof e->key - 1); e->used = 1; t->count++; }
    e->value = value;
    return 0;
}

int get(struct table *t, const char *key, int missing) {
    struct entry *e = find(t, key);
    return e && e->used ? e->value : missing;
}

void multiply(double a[N][N], double b[N][N], double c[N][N]) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double s = 0;
            for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
            c[i][j] = s;
        }
}

int solve(double a[N][N], double x[N]) {
    for (int p = 0; p < N; p++) {
        int best = p;
        for (int r = p + 1; r < N; r++)
            if (a[r][p] * a[r][p] > a[best][p] * a[best][p]) best = r;
        if (a[best][p] == 0) return -1;
        for (int k = 0; k < N; k++) { double t = a[p][k]; a[p][k] = a[best][k]; a[best][k] = t; }
        double t = x[p]; x[p] = x[best]; x[best] = t;
        for (int r = p + 1; r < N; r++) {
            double f = a[r][p] / a[p][p];
            for (int k = p; k < N; k++) a[r][k] -= f * a[p][k];
            x[r] -= f * x[p];
        }
    }
    for (int p = N - 1; p >= 0; p--) {
        for (int k = p + 1; k < N; k++) x[p] -= a[p][k] * x[k];
        x[p] /= a[p][p];
    }
    return 0;
}

float blend(const float *a, const float *b, const float *w, int n) {
    float s = 0, t = 0;
    for (int i = 0; i < n; i++) { s += w[i] * a[i] + (1 - w[i]) * b[i]; t += w[i]; }
    return t ? s / t : 0;
}

static const char *at;
static long sum(void);
static void blank(void) { while (*at == ' ' || *at == '\t') at++; }

static long atom(void) {
    blank();
    if (*at == '(') { at++; long v = sum(); blank(); if (*at == ')') at++; return v; }
    if (*at == '-') { at++; return -atom(); }
    long v = 0;
    while (*at >= '0' && *at <= '9') v = 10 * v + (*at++ - '0');
    return v;
}

static long product(void) {
    long v = atom();
    for (;;) {
        blank();
        switch (*at) {
        case '*': at++; v *= atom(); break;
        case '/': { at++; long d = atom(); v = d ? v / d : 0; break; }
        case '%': { at++; long d = atom(); v = d ? v % d : 0; break; }
        case '&': at++; v &= atom(); break;
        case '<': at++; v <<= atom() & 31; break;
        case '>': at++; v >>= atom() & 31; break;
        default: return v;
        }
    }
}

static long sum(void) {
    long v = product();
    for (;;) {
        blank();
        if (*at == '+') { at++; v += product(); }
        else if (*at == '-') { at++; v -= product(); }
        else return v;
    }
}

long evaluate(const char *text) { at = text; return sum(); }

size_t pack(const unsigned char *in, size_t n, unsigned char *out) {
    size_t i = 0, o = 0;
    while (i < n) {
        size_t best = 0, distance = 0, from = i > 255 ? i - 255 : 0;
        for (size_t j = from; j < i; j++) {
            size_t k = 0;
            while (k < 255 && i + k < n && in[j + k] == in[i + k]) k++;
            if (k > best) { best = k; distance = i - j; }
        }
        if (best > 3) { out[o++] = 0; out[o++] = distance; out[o++] = best; i += best; }
        else { if (!in[i]) out[o++] = 0, out[o++] = 0; out[o++] = in[i++]; }
    }
    return o;
}

static uint32_t words[32];
void long_add(uint32_t *a, const uint32_t *b) {
    uint64_t carry = 0;
    for (int i = 0; i < 32; i++) { carry += (uint64_t)a[i] + b[i]; a[i] = carry; carry >>= 32; }
}

void long_times(const uint32_t *a, uint32_t b) {
    uint64_t carry = 0;
    for (int i = 0; i < 32; i++) { carry += (uint64_t)a[i] * b; words[i] = carry; carry >>= 32; }
}

void factorial(int n) {
    memset(words, 0, sizeof words);
    words[0] = 1;
    for (int i = 2; i <= n; i++) long_times(words, i);
}

const char *name_of(int code) {
    switch (code) {
    case 200: return "ok"; case 201: return "created"; case 204: return "empty";
    case 301: return "moved"; case 304: return "unchanged"; case 400: return "bad";
    case 401: return "unknown"; case 403: return "forbidden"; case 404: return "missing";
    case 418: return "teapot"; case 500: return "broken"; case 503: return "busy";
    default: return "other";
    }
}

int queens(int n, int row, unsigned columns, unsigned left, unsigned right) {
    if (row == n) return 1;
    int found = 0;
    for (int c = 0; c < n; c++) {
        unsigned b = 1u << c, l = 1u << (row + c), r = 1u << (row - c + n - 1);
        if (!(columns & b) && !(left & l) && !(right & r))
            found += queens(n, row + 1, columns | b, left | l, right | r);
    }
    return found;
}

void life(const unsigned char now[N][N], unsigned char next[N][N]) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int n = 0;
            for (int a = -1; a <= 1; a++)
                for (int b = -1; b <= 1; b++)
                    if (a || b) n += now[(i + a + N) % N][(j + b + N) % N];
            next[i][j] = n == 3 || (n == 2 && now[i][j]);
        }
}
