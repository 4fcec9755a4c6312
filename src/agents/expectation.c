#include "agents/expectation.h"

void ent_contract_average(const float *path, int n, double keep, float *average)
{
    double value = n > 0 ? (double)path[n - 1] : 0.0;
    for (int u = n - 1; u >= 0; u--) {
        value = (1.0 - keep) * (double)path[u] + keep * value;
        average[u] = (float)value;
    }
}

float ent_anticipated_stock(const float *log_cost, int n, const ent_anticipation_t *anticipation)
{
    float up = 0.0f, down = 0.0f;
    for (int j = 1; j < n; j++) {
        const float rise = log_cost[j] - log_cost[0];
        const float waiting = (float)j * anticipation->months_per_step - 1.0f;
        const float more = rise / anticipation->up_cost - waiting;
        const float less = -rise / anticipation->down_cost - waiting;
        if (rise > 0.0f) {
            up = more > up ? more : up;
        } else if (rise < 0.0f) {
            down = less > down ? less : down;
        }
    }
    up = up < anticipation->up_limit ? up : anticipation->up_limit;
    down = down < anticipation->down_limit ? down : anticipation->down_limit;
    return up - down;
}
